#pragma once

namespace earthshine::bench {

// What `bench-packetize` prints, subject by subject; the numbers are the goals of the data plane.

/// 2, 3: Reed-Solomon against ISA-L, and its tables.
void bench_parity();
/// 4: AES-128-GCM against the system's OpenSSL.
void bench_seal();
/// 5, 7: CPU per packet, system calls, payload per core.
void bench_send();
/// 6, 8, 10, 12: a whole frame against the common path, and until its first packet.
void bench_frame();
/// 9, 11: wakes, bursts, and a frame's wall time while the machine is busy.
void bench_thread();

}  // namespace earthshine::bench
