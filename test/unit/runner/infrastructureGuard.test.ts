import { InfrastructureGuard } from '../../../producers/runner/infrastructureGuard';

test('One job that fails again and again is its own trouble; several with no success between them are not', () => {
  const guard = new InfrastructureGuard();
  expect([guard.failed('a'), guard.failed('a')]).toEqual([false, false]);
  guard.worked();
  expect(guard.failed('b')).toBe(false);
  expect(guard.failed('c')).toBe(true);
  expect([guard.paused, guard.mayStart()]).toEqual([true, false]);
  expect(guard.failed('d')).toBe(false); // the pause has begun already
});

test('After a pause one job goes ahead alone, and the others follow its success', () => {
  const guard = new InfrastructureGuard();
  guard.failed('a');
  guard.failed('b');
  guard.resume(true);
  expect(guard.mayStart()).toBe(true);
  guard.started();
  expect(guard.mayStart()).toBe(false);
  expect(guard.failed('a')).toBe(true);
  guard.resume(true);
  guard.started();
  guard.worked();
  expect(guard.mayStart()).toBe(true);
});

test('Where probes find nothing wrong and jobs fail all the same, it stands aside until one succeeds', () => {
  const guard = new InfrastructureGuard();
  guard.failed('a');
  guard.failed('b');
  guard.resume(false);
  expect(guard.failed('a')).toBe(true);
  guard.resume(false);
  expect([guard.mayStart(), guard.failed('a'), guard.failed('b'), guard.failed('c')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  guard.worked();
  expect([guard.failed('a'), guard.failed('b')]).toEqual([false, true]);
});

test('A success while nothing is started does not end the pause: probing does', () => {
  const guard = new InfrastructureGuard();
  guard.failed('a');
  guard.failed('b');
  guard.worked();
  expect(guard.paused).toBe(true);
});
