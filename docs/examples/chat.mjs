const [gateway = 'http://127.0.0.1:3001', userId = 'alice'] = globalThis.process?.argv.slice(2) ?? [];
const minted = await fetch(`${gateway}/dev/token`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ userId }),
});
const { token } = await minted.json(); // in production your own login issues it
const socket = new WebSocket(`${gateway.replace('http', 'ws')}/ws`, ['gateway.v1', `bearer.${token}`]);
const send = (event, id, data) => socket.send(JSON.stringify({ event, id, data }));
socket.onmessage = ({ data: frame }) => {
  const { event, id, data } = JSON.parse(frame);
  if (event === 'session:welcome') send('chat:join', 'join', 'demo');
  if (event === 'chat:joined') send('chat:message', 'hello', {
    chatId: 'demo', content: `Hello from ${userId}`, tempId: crypto.randomUUID(),
  });
  if (event === 'chat:message') console.log(`${data.seq} ${data.senderId}: ${data.content}`);
  if (event === 'ack' || event === 'error') console.log(event, id, data);
};
socket.onclose = ({ code, reason }) => console.log('closed', code, reason);
