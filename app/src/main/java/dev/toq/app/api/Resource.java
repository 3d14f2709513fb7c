package dev.toq.app.api;

import io.javalin.config.RoutesConfig;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;

/** One resource of the interface: it says which routes it answers. */
interface Resource {

  /** One request's answer. Failures of the caller are thrown as {@link ApiError}. */
  @FunctionalInterface
  interface Answer {
    void to(Call call) throws Exception;
  }

  void addTo(Routes routes);

  /** Where resources enter their routes; path parameters stand in braces. */
  final class Routes {
    private final RoutesConfig javalin;
    private final ApiLimits limits;

    Routes(RoutesConfig javalin, ApiLimits limits) {
      this.javalin = javalin;
      this.limits = limits;
    }

    /** GET, and HEAD with the same headers and no body. */
    void get(String path, Answer answer) {
      add(HandlerType.GET, path, answer);
      add(HandlerType.HEAD, path, answer);
    }

    void post(String path, Answer answer) {
      add(HandlerType.POST, path, answer);
    }

    void delete(String path, Answer answer) {
      add(HandlerType.DELETE, path, answer);
    }

    private void add(HandlerType method, String path, Answer answer) {
      javalin.addEndpoint(
          Endpoint.create(method, path).handler(context -> answer.to(new Call(context, limits))));
    }
  }
}
