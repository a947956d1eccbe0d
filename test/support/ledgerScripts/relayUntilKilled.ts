/** `FROM TO`: relays one ledger into another and follows it, writing `relayed EVENTS` as it goes, until it is killed. */
import { openLedger } from '../../../ledger/openLedger';
import { relay } from '../../../ledger/relay';

async function main(fromUrl: string, toUrl: string): Promise<void> {
  const [from, to] = await Promise.all([openLedger(fromUrl), openLedger(toUrl)]);
  await relay(from, to, {
    follow: true,
    onProgress: ({ events }) => {
      process.stdout.write(`relayed ${String(events)}\n`);
    },
  });
}

void main(process.argv[2] ?? '', process.argv[3] ?? '');
