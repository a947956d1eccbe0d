/** A TCP proxy between a client and a server, which can be made to carry nothing, or to cut what it carries. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A running proxy. */
export interface TcpProxy {
  readonly port: number;
  /** Carries nothing from now on, though all connections stay open: a half-open link. */
  readonly freeze: () => void;
  /** Cuts all connections; what was under way on them is lost. New ones are carried. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

/** Listens on a port of 127.0.0.1 and carries to another one. */
export async function startTcpProxy(port: number, target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server: Server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    keep(near);
    keep(far);
    near.pipe(far).pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const cut = (): void => {
    sockets.forEach((socket) => socket.destroy());
  };
  return {
    port,
    freeze: () => {
      sockets.forEach((socket) => {
        socket.unpipe();
        socket.pause();
      });
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        cut();
      }),
  };
}
