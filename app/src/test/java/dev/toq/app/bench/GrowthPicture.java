package dev.toq.app.bench;

import dev.toq.app.bench.GrowthStore.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The cost of a message over the number of stored ones, as an SVG 1.1 picture. */
final class GrowthPicture {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 400;
  private static final int LEFT = 60;
  private static final int RIGHT = WIDTH - 20;
  private static final int TOP = 40;
  private static final int BOTTOM = HEIGHT - 90;
  private static final List<String> COLOURS = List.of("#1b6ca8", "#b5541c", "#3a7d34");

  /** One line of the picture: cost at each size, as a multiple of the cost with few. */
  record Curve(String name, List<Integer> sizes, List<Double> ratios) {
    static Curve of(String name, List<Point> points, int kind) {
      List<Integer> sizes = new ArrayList<>(List.of(GrowthStore.FEW));
      List<Double> ratios = new ArrayList<>(List.of(1.0));
      points.forEach(point -> {
        sizes.add(point.stored());
        ratios.add(point.ratio(kind));
      });
      return new Curve(name, sizes, ratios);
    }
  }

  private final List<Curve> curves;
  private final double few;
  private final double most;
  private final double highest;
  private final StringBuilder svg = new StringBuilder();

  private GrowthPicture(List<Curve> curves, int few, double goal) {
    this.curves = curves;
    this.few = few;
    this.most = curves.getFirst().sizes().getLast();
    this.highest = Math.max(goal + 0.3,
        curves.stream().flatMap(curve -> curve.ratios().stream()).mapToDouble(Double::doubleValue).max().orElse(0)
            + 0.1);
  }

  /** The picture, with a dashed line at {@code goal}. */
  static String draw(List<Curve> curves, int few, double goal) {
    GrowthPicture picture = new GrowthPicture(curves, few, goal);
    picture.frame(goal);
    picture.lines();
    return picture.svg.append("</svg>\n").toString();
  }

  private void frame(double goal) {
    add("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
        + "font-family=\"sans-serif\" font-size=\"13\">", WIDTH, HEIGHT, WIDTH, HEIGHT);
    add("<title>Cost of a message over the number of stored ones</title>");
    add("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
    text(LEFT, 22, "start", "Cost of one more message, times that with " + String.format(Locale.ROOT, "%,.0f", few));
    for (double ratio = 0; ratio <= highest; ratio += 0.5) {
      rule(LEFT, y(ratio), RIGHT, y(ratio), "#d5d5d5");
      text(LEFT - 8, y(ratio) + 4, "end", String.format(Locale.ROOT, "%.1f", ratio));
    }
    for (double size = few; size <= most; size *= 10) {
      rule(x(size), TOP, x(size), BOTTOM, "#d5d5d5");
      text(x(size), BOTTOM + 18, "middle", String.format(Locale.ROOT, "%,.0f", size));
    }
    text((LEFT + RIGHT) / 2.0, BOTTOM + 36, "middle", "messages stored");
    add("<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#333333\" stroke-dasharray=\"6 4\"/>",
        LEFT, y(goal), RIGHT, y(goal));
    text(LEFT + 6, y(goal) - 5, "start", String.format(Locale.ROOT, "goal: at most %.1f", goal));
  }

  private void lines() {
    int legend = LEFT;
    for (int i = 0; i < curves.size(); i++) {
      Curve curve = curves.get(i);
      String colour = COLOURS.get(i % COLOURS.size());
      StringBuilder points = new StringBuilder();
      for (int at = 0; at < curve.sizes().size(); at++) {
        double x = x(curve.sizes().get(at));
        double y = y(curve.ratios().get(at));
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
        add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x, y, colour);
      }
      add("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
          points.toString().strip(), colour);
      rule(legend, HEIGHT - 18.0, legend + 18.0, HEIGHT - 18.0, colour);
      text(legend + 24.0, HEIGHT - 14.0, "start", curve.name());
      legend += 40 + curve.name().length() * 7;
    }
  }

  private double x(double size) {
    return LEFT + (RIGHT - LEFT) * Math.log(size / few) / Math.log(most / few);
  }

  private double y(double ratio) {
    return BOTTOM - (BOTTOM - TOP) * ratio / highest;
  }

  private void rule(double x1, double y1, double x2, double y2, String colour) {
    add("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>", x1, y1, x2, y2, colour);
  }

  private void text(double x, double y, String anchor, String words) {
    add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, words);
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
