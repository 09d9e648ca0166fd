/* What the host loads of the admin, and when: once clients are answered already. */
export { AdminServer } from './admin-server.ts';
export { loadAdminCertificate } from './certificate.ts';
