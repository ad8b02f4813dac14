import module java.net.http;

void main(String[] arguments) throws Exception {
  var closed = new CountDownLatch(1);
  var listener = new WebSocket.Listener() {
    final StringBuilder frame = new StringBuilder();

    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      frame.append(part);
      if (last) {
        IO.println(frame);
        frame.setLength(0);
      }
      socket.request(1);
      return null;
    }

    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      IO.println("closed " + code + " " + reason);
      closed.countDown();
      return null;
    }
  };
  var socket = HttpClient.newHttpClient().newWebSocketBuilder()
      .header("Authorization", "Bearer " + arguments[1]).subprotocols("gateway.v1")
      .buildAsync(URI.create(arguments[0]), listener).join();
  socket.sendText("""
      {"event": "chat:join", "id": "join", "data": "demo"}""", true).join();
  socket.sendText("""
      {"event": "chat:message", "id": "hello", "data": {"chatId": "demo", "content": "Hello from Java"}}""", true).join();
  closed.await();
}
