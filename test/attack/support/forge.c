// Sends UDP datagrams with a forged source: forge SOURCE PORT TARGET PORT COUNT INTERVAL_US HEX…
// Each datagram of the list is sent COUNT times, INTERVAL_US apart. Needs CAP_NET_RAW.
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 8) return 2;
  int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (raw < 0) {
    perror("forge");
    return 1;
  }
  struct sockaddr_in target = {.sin_family = AF_INET};
  inet_pton(AF_INET, argv[3], &target.sin_addr);
  const long count = atol(argv[5]);
  for (long n = 0; n < count; n++) {
    for (int at = 7; at < argc; at++) {
      unsigned char packet[1500] = {0};
      const size_t length = strlen(argv[at]) / 2;
      if (length > sizeof packet - 28) return 2;
      struct iphdr* ip = (struct iphdr*)packet;
      struct udphdr* udp = (struct udphdr*)(packet + 20);
      for (size_t i = 0; i < length; i++) {
        unsigned byte = 0;
        sscanf(argv[at] + 2 * i, "%2x", &byte);
        packet[28 + i] = (unsigned char)byte;
      }
      ip->version = 4;
      ip->ihl = 5;
      ip->ttl = 64;
      ip->protocol = IPPROTO_UDP;
      ip->tot_len = htons((unsigned short)(28 + length));
      inet_pton(AF_INET, argv[1], &ip->saddr);
      ip->daddr = target.sin_addr.s_addr;
      udp->source = htons((unsigned short)atoi(argv[2]));
      udp->dest = htons((unsigned short)atoi(argv[4]));
      udp->len = htons((unsigned short)(8 + length));
      // A UDP checksum of 0 says that there is none.
      sendto(raw, packet, 28 + length, 0, (struct sockaddr*)&target, sizeof target);
    }
    usleep((useconds_t)atoi(argv[6]));
  }
  return 0;
}
