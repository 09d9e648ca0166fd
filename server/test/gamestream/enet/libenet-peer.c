/* Debian's libenet as an independent peer: a client or a host driven by its arguments, reporting on stdout. */
#include <enet/enet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void report_message(const ENetEvent *event) {
  unsigned long sum = 0;
  for (size_t i = 0; i < event->packet->dataLength; i += 1) sum = sum * 31 + event->packet->data[i];
  printf("message %u %zu %lu\n", event->channelID, event->packet->dataLength, sum & 0xffffffffUL);
}

/* client PORT COUNT LENGTH END: sends COUNT messages of LENGTH bytes, expects as many echoes, then ends. */
static int run_client(int port, int count, int length, const char *end) {
  ENetHost *host = enet_host_create(NULL, 1, 48, 0, 0);
  ENetAddress address;
  enet_address_set_host(&address, "127.0.0.1");
  address.port = (enet_uint16)port;
  ENetPeer *peer = enet_host_connect(host, &address, 48, 0xA1B2C3D4);
  unsigned char *bytes = malloc((size_t)length + 1);
  int echoes = 0;
  ENetEvent event;
  while (enet_host_service(host, &event, 20000) > 0) {
    if (event.type == ENET_EVENT_TYPE_CONNECT) {
      printf("connected %zu\n", peer->channelCount);
      for (int i = 0; i < count; i += 1) {
        memset(bytes, i, (size_t)length);
        enet_peer_send(peer, (enet_uint8)(i % 3), enet_packet_create(bytes, (size_t)length, ENET_PACKET_FLAG_RELIABLE));
      }
      enet_peer_send(peer, 5, enet_packet_create("unsequenced", 11, ENET_PACKET_FLAG_UNSEQUENCED));
      enet_peer_send(peer, 6, enet_packet_create("unreliable", 10, 0));
    } else if (event.type == ENET_EVENT_TYPE_RECEIVE) {
      report_message(&event);
      enet_packet_destroy(event.packet);
      echoes += 1;
      if (echoes == count) {
        if (strcmp(end, "later") == 0) enet_peer_disconnect_later(peer, 77);
        if (strcmp(end, "now") == 0) {
          enet_peer_disconnect_now(peer, 78);
          break;
        }
      }
    } else if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
      printf("disconnected %u\n", event.data);
      break;
    }
  }
  enet_host_destroy(host);
  free(bytes);
  return 0;
}

/* host END: prints its port, echoes every message; with END "kick" it ends the connection after ten. */
static int run_host(const char *end) {
  ENetAddress address;
  enet_address_set_host(&address, "127.0.0.1");
  address.port = 0;
  ENetHost *host = enet_host_create(&address, 4, 16, 0, 0);
  printf("port %u\n", host->address.port);
  fflush(stdout);
  int echoed = 0;
  ENetEvent event;
  while (enet_host_service(host, &event, 20000) > 0) {
    if (event.type == ENET_EVENT_TYPE_CONNECT) {
      printf("connected %zu %08x\n", event.peer->channelCount, event.data);
    } else if (event.type == ENET_EVENT_TYPE_RECEIVE) {
      enet_uint32 flags = event.packet->flags & (ENET_PACKET_FLAG_RELIABLE | ENET_PACKET_FLAG_UNSEQUENCED);
      ENetPacket *echo = enet_packet_create(event.packet->data, event.packet->dataLength, flags);
      enet_peer_send(event.peer, event.channelID, echo);
      enet_packet_destroy(event.packet);
      echoed += 1;
      if (strcmp(end, "kick") == 0 && echoed == 10) enet_peer_disconnect_later(event.peer, 99);
    } else if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
      printf("disconnected %u\n", event.data);
      break;
    }
  }
  enet_host_destroy(host);
  return 0;
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (enet_initialize() != 0) return 2;
  if (argc == 6 && strcmp(argv[1], "client") == 0) {
    return run_client(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), argv[5]);
  }
  if (argc == 3 && strcmp(argv[1], "host") == 0) return run_host(argv[2]);
  return 3;
}
