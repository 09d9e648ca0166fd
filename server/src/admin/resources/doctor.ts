import type { Finding } from '../../doctor/finding.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { doctor as shape } from './doctor-shapes.ts';

/** What stands between this machine and a good stream. @param look takes seconds at most */
export function doctorRoutes(look: () => Promise<readonly Finding[]>): readonly Route[] {
  return [
    route({
      method: 'get',
      path: `${API}/doctor`,
      access: 'admin',
      summary:
        'Every condition of a good stream, looked at now, with a remedy where one is needed.',
      answer: shape,
      handle: async () => {
        const findings = await look();
        return {
          findings: findings.map(({ parameters, ...finding }) => ({
            ...finding,
            ...(parameters && { parameters: { ...parameters } }),
          })),
          lookedAt: Date.now(),
        };
      },
    }),
  ];
}
