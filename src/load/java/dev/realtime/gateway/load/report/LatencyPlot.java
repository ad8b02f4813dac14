package dev.realtime.gateway.load.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * Latency by percentile as one HTML page that needs nothing else. Each step to the right leaves a
 * tenth of the deliveries: 90 %, 99 %, 99.9 %.
 */
public record LatencyPlot(Result result) {

  private static final int LEFT = 80;
  private static final int TOP = 30;
  private static final int WIDTH = 800;
  private static final int HEIGHT = 360;
  private static final int POINTS = 200;

  public String toHtml() {
    List<Latency> shown = Stream.of(Latency.values()).filter(this::isShown).toList();
    return """
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <title>Load test: %1$s</title>
    <style>body{font:14px sans-serif;margin:2em;color:#111}text{font:12px sans-serif}</style>
    <h1>Load test: %1$s</h1>
    <p>%2$s</p>
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 470" width="960" height="470">
    %3$s</svg>
    <pre>%4$s</pre>
    </html>
    """
        .formatted(
            result.settings().mode().wireName(),
            result.startedAt(),
            grid(shown) + curves(shown),
            escaped(new Table(new Summary(result).toMap()).toString()));
  }

  /** Connects are shown where they are what was measured. */
  private boolean isShown(Latency latency) {
    boolean wanted = latency != Latency.CONNECT || !result.settings().mode().hasMessages();
    return wanted && result.all().of(latency).getTotalCount() > 0;
  }

  private String grid(List<Latency> shown) {
    StringBuilder svg = new StringBuilder();
    double highest = highest(shown);
    for (int i = 0; i <= 4; i++) {
      double y = TOP + HEIGHT - HEIGHT * i / 4.0;
      svg.append(line(LEFT, y, LEFT + WIDTH, y));
      svg.append(
          label(LEFT - 8, y + 4, "end", String.format(Locale.ROOT, "%.2f ms", highest * i / 4)));
    }
    int nines = nines(shown);
    for (int i = 0; i <= nines; i++) {
      double x = LEFT + (double) WIDTH * i / nines;
      svg.append(line(x, TOP, x, TOP + HEIGHT));
      svg.append(label(x, TOP + HEIGHT + 20, "middle", percentileName(i)));
    }
    return svg.toString();
  }

  private String curves(List<Latency> shown) {
    StringBuilder svg = new StringBuilder();
    for (int i = 0; i < shown.size(); i++) {
      String colour = colour(shown.get(i));
      svg.append(
          String.format(
              Locale.ROOT,
              "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>%n",
              colour,
              points(shown.get(i), highest(shown), nines(shown))));
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n",
              LEFT + 12,
              TOP + 20 + 18 * i,
              colour,
              shown.get(i).wireName()));
    }
    return svg.toString();
  }

  private String points(Latency latency, double highest, int nines) {
    Histogram histogram = result.all().of(latency);
    return Stream.iterate(0, i -> i <= POINTS, i -> i + 1)
        .map(i -> point(histogram, nines * i / (double) POINTS, highest, nines))
        .collect(Collectors.joining(" "));
  }

  /**
   * @param depth how many nines the percentile has
   */
  private static String point(Histogram histogram, double depth, double highest, int nines) {
    double percentile = 100 * (1 - Math.pow(10, -depth));
    double milliseconds = histogram.getValueAtPercentile(percentile) / 1000.0;
    return String.format(
        Locale.ROOT,
        "%.1f,%.1f",
        LEFT + WIDTH * depth / nines,
        TOP + HEIGHT * (1 - milliseconds / highest));
  }

  private double highest(List<Latency> shown) {
    long micros =
        shown.stream().mapToLong(latency -> result.all().of(latency).getMaxValue()).max().orElse(0);
    return Math.max(1, micros) / 1000.0;
  }

  /** As many nines as the largest count can fill. */
  private int nines(List<Latency> shown) {
    long count =
        shown.stream()
            .mapToLong(latency -> result.all().of(latency).getTotalCount())
            .max()
            .orElse(0);
    return Math.clamp((int) Math.ceil(Math.log10(count + 1.0)), 2, 6);
  }

  private static String colour(Latency latency) {
    return switch (latency) {
      case CONNECT -> "#6b7280";
      case DELIVERY -> "#2563eb";
      case ACKNOWLEDGEMENT -> "#d97706";
    };
  }

  private static String percentileName(int nines) {
    return switch (nines) {
      case 0 -> "0 %";
      case 1 -> "90 %";
      case 2 -> "99 %";
      default -> "99." + "9".repeat(nines - 2) + " %";
    };
  }

  private static String line(double fromX, double fromY, double toX, double toY) {
    return String.format(
        Locale.ROOT,
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>%n",
        fromX,
        fromY,
        toX,
        toY);
  }

  private static String label(double x, double y, String anchor, String text) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
        x,
        y,
        anchor,
        text);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }
}
