package dev.toq.app.api;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Answers what Jetty itself refuses (a malformed request, an ambiguous path, headers too large) in our error shape. */
final class HttpFailures extends ErrorHandler {

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    Object reason = request.getAttribute(ERROR_MESSAGE);
    String message = reason == null ? HttpStatus.getMessage(status) : reason.toString();
    Guard.answer(response, callback, ApiError.ofStatus(status, message));
    return true;
  }
}
