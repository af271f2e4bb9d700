#include "capture/archive.h"

#include <cstdio>
#include <cstring>

namespace capture {
namespace {

constexpr std::size_t kBlock = 512;
struct Header {
  char name[100] = {}, mode[8] = "0000644", owner[8] = "0000000", group[8] = "0000000";
  char size[12] = {}, time[12] = "00000000000", sum[8] = {}, type = '0', link[100] = {};
  char magic[6] = {'u', 's', 't', 'a', 'r', 0}, version[2] = {'0', '0'};
  char rest[247] = {};
};
static_assert(sizeof(Header) == kBlock);

}  // namespace

void add_file(Bytes& archive, const std::string& name, const void* data, std::size_t size) {
  Header header;
  std::snprintf(header.name, sizeof header.name, "%s", name.c_str());
  std::snprintf(header.size, sizeof header.size, "%011zo", size);
  std::memset(header.sum, ' ', sizeof header.sum);
  unsigned char bytes[kBlock];
  std::memcpy(bytes, &header, kBlock);
  unsigned sum = 0;
  for (const unsigned char byte : bytes) sum += byte;
  std::snprintf(header.sum, sizeof header.sum, "%06o", sum);
  std::memcpy(bytes, &header, kBlock);
  archive.insert(archive.end(), bytes, bytes + kBlock);
  const auto* first = static_cast<const unsigned char*>(data);
  archive.insert(archive.end(), first, first + size);
  archive.resize((archive.size() + kBlock - 1) / kBlock * kBlock);
}

void end(Bytes& archive) { archive.resize(archive.size() + 2 * kBlock); }

}  // namespace capture
