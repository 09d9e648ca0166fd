/**
 * How the folders may import each other (docs/architecture.md, "The tree"). `scripts/test lint` holds it.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Two files that need each other are one file, or share a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circle-of-folders',
      comment: 'A folder imports from the folders it needs, and never in a circle.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^server/src/' },
      to: { circular: true },
    },
    {
      name: 'servers-apart',
      comment: 'What Moonlight clients talk to knows nothing of the admin.',
      severity: 'error',
      from: { path: '^server/src/gamestream/' },
      to: { path: '^server/src/admin/' },
    },
    {
      name: 'admin-apart',
      comment: 'What browsers talk to knows nothing of packets.',
      severity: 'error',
      from: { path: '^server/src/admin/' },
      to: { path: '^server/src/gamestream/' },
    },
    {
      name: 'ground',
      comment: 'These stand on nothing else of this project.',
      severity: 'error',
      from: { path: '^server/src/(native|network|store|telemetry|terminal)/' },
      to: { path: '^server/src/', pathNot: '^server/src/$1/' },
    },
    {
      name: 'host-on-top',
      comment: 'host/ puts everything together; only the program itself asks for it.',
      severity: 'error',
      from: { path: '^server/src/', pathNot: '^server/src/(main\\.ts$|host/)' },
      to: { path: '^server/src/host/' },
    },
    {
      name: 'no-client-in-the-host',
      comment: 'Our own Moonlight client is for tests and for probing another machine.',
      severity: 'error',
      from: { path: '^server/src/', pathNot: '^server/src/(main\\.ts$|client/|probe/)' },
      to: { path: '^server/src/(client|probe)/' },
    },
    {
      name: 'nothing-of-tests',
      comment: 'What ships holds nothing that only a test needs.',
      severity: 'error',
      from: { path: '^(server|web)/src/' },
      to: { path: '(^|/)test/|\\.test\\.ts$' },
    },
    {
      name: 'web-takes-types-only',
      comment:
        'The pages share the shapes of the API with the server, and no code but the tables of permissions, verdicts, shortfalls and what an import leaves behind, and the strength of passwords, which import nothing.',
      severity: 'error',
      from: { path: '^web/src/' },
      to: {
        path: '^server/',
        pathNot:
          '^server/src/(devices/permissions|admin/weak-passwords|import/sunshine/left-behind|captures/(verdict|shortfalls)/sentences)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(build|dist)/|^svelte/internal/' },
  },
};
