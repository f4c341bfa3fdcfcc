import { connect } from "node:net";

/** Whether something accepts connections at the address. */
export function isListening(host: string, port: number, timeoutMs = 1_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => settle(false));
    socket.once("connect", () => settle(true));
    // Nobody listens yet, or the container is gone: the caller knows the difference by the container's end.
    socket.once("error", () => settle(false));
  });
}
