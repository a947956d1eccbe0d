/**
 * A TCP proxy between a client and a server, which can be made to carry nothing, to carry slowly, to keep the server's
 * answers back, or to cut what it carries.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A link that is not as fast as this machine's own. */
export interface LinkSpeed {
  /** Of each connection, in each direction. */
  readonly bytesPerSecond: number;
  /** From one end to the other, in each direction. */
  readonly delayMillis: number;
}

/** A running proxy. */
export interface TcpProxy {
  readonly port: number;
  /** Carries nothing from now on, though all connections stay open: a half-open link. New ones are carried. */
  readonly freeze: () => void;
  /** Keeps back what the server says, on all connections, until {@link cut}; what clients say is carried. */
  readonly holdAnswers: () => void;
  /** Carries no faster than this from now on; null as fast as it goes. */
  readonly slowDown: (speed: LinkSpeed | null) => void;
  /** Cuts all connections; what was under way on them is lost. New ones are carried. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

/** One direction of one connection. */
class Link extends Transform {
  /** @param obstacle what stands in the way of each chunk: how long it is held up, or null for ever */
  constructor(private readonly obstacle: (bytes: number) => { wait: Promise<unknown>; delayMillis: number } | null) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const met = this.obstacle(chunk.length);
    if (met === null) {
      return; // the end never comes either
    }
    const { wait, delayMillis } = met;
    void wait.then(() => {
      // What follows may be on its way before this has arrived.
      setTimeout(() => !this.destroyed && this.push(chunk), delayMillis);
      done();
    });
  }
}

/** Listens on a port of 127.0.0.1, any free one for 0, and carries to another one. */
export async function startTcpProxy(port: number, target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let speed: LinkSpeed | null = null;
  let isHolding = false;
  const travel = (bytes: number): { wait: Promise<unknown>; delayMillis: number } =>
    speed === null
      ? { wait: Promise.resolve(), delayMillis: 0 }
      : { wait: sleep((1000 * bytes) / speed.bytesPerSecond), delayMillis: speed.delayMillis };
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server: Server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    keep(near);
    keep(far);
    near.pipe(new Link(travel)).pipe(far);
    far.pipe(new Link((bytes) => (isHolding ? null : travel(bytes)))).pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    isHolding = false;
    sockets.forEach((socket) => socket.destroy());
  };
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      sockets.forEach((socket) => {
        socket.unpipe();
        socket.pause();
      });
    },
    holdAnswers: () => {
      isHolding = true;
    },
    slowDown: (now) => {
      speed = now;
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
