/**
 * Imports point one way (docs/ARCHITECTURE.md): schemas <- ledger <- producers <- cli, schemas <- projections <-
 * consumers <- cli, schemas <- pipelines; producers and consumers never import each other.
 */
const layers = {
  schemas: [],
  ledger: ['schemas'],
  pipelines: ['schemas'],
  projections: ['schemas'],
  producers: ['schemas', 'ledger', 'pipelines'],
  consumers: ['schemas', 'ledger', 'pipelines', 'projections'],
  cli: ['schemas', 'ledger', 'pipelines', 'projections', 'producers', 'consumers'],
};
const names = Object.keys(layers);

const between = names.map((layer) => ({
  name: `${layer}-imports`,
  comment: `${layer}/ may import ${[layer, ...layers[layer]].join(', ')}`,
  severity: 'error',
  from: { path: `^${layer}/` },
  to: {
    path: `^(${names.filter((other) => other !== layer && !layers[layer].includes(other)).join('|') || '-'}|test|bench|examples|scripts)/`,
  },
}));

const onlyIn = [
  ['kafkajs', '^ledger/kafka/'],
  ['@eventstore/db-client', '^ledger/eventStoreDb/'],
  ['better-sqlite3', '^(ledger/sqlite|consumers/sqliteStore)/'],
  ['better-sqlite3-node-api', '^ledger/sqlite/'],
  ['koffi', '^producers/sidecar/'],
].map(([library, folder]) => ({
  name: `${library}-only`,
  comment: `${library} is imported only under ${folder}`,
  severity: 'error',
  from: { path: `^(${names.join('|')})/`, pathNot: folder },
  to: { path: `node_modules/${library}/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...between,
    ...onlyIn,
    {
      name: 'no-circular',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
