package dev.realtime.gateway.load.setting;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;

/** The gateway under load. */
public record Target(URI uri, InetSocketAddress address) {

  /**
   * Looks it up.
   *
   * @throws UsageException if it is on another machine and that was not permitted: a load test of
   *     production should be meant
   */
  static Target of(String url, boolean allowRemote) {
    URI uri = parse(url);
    InetAddress[] addresses = addresses(uri.getHost());
    if (!allowRemote && !Arrays.stream(addresses).allMatch(InetAddress::isLoopbackAddress)) {
      throw new UsageException(
          uri.getHost() + " is not this machine; --allow-remote if it is yours to load");
    }
    return new Target(uri, new InetSocketAddress(addresses[0], port(uri)));
  }

  private static URI parse(String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException broken) {
      throw new UsageException("--url is no address: " + url, broken);
    }
    boolean socket = "ws".equals(uri.getScheme()) || "wss".equals(uri.getScheme());
    if (!socket || uri.getHost() == null) {
      throw new UsageException("--url is ws://host:port/ws or wss://…, not " + url);
    }
    return uri;
  }

  private static InetAddress[] addresses(String host) {
    try {
      return InetAddress.getAllByName(host);
    } catch (UnknownHostException unknown) {
      throw new UsageException("There is no host " + host, unknown);
    }
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return "wss".equals(uri.getScheme()) ? 443 : 80;
  }

  public boolean isSecure() {
    return "wss".equals(uri.getScheme());
  }

  boolean isLoopback() {
    return address.getAddress().isLoopbackAddress();
  }

  /** Where the server API is. */
  public URI api(String path) {
    return URI.create((isSecure() ? "https://" : "http://") + uri.getAuthority() + path);
  }

  /** Path and query of the upgrade. */
  public String resource() {
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }
}
