#include "dbus/bus_message.h"

#include <fcntl.h>

#include <cstdint>
#include <string_view>

namespace earthshine {

namespace {

/// Length of the first complete type of a signature; 0 when it is none.
std::size_t first_type(std::string_view signature) {
  if (signature.empty()) return 0;
  const char first = signature.front();
  if (first == 'a') {
    const std::size_t rest = first_type(signature.substr(1));
    return rest == 0 ? 0 : 1 + rest;
  }
  if (first != '(' && first != '{') return 1;
  const char last = first == '(' ? ')' : '}';
  std::size_t at = 1;
  while (at < signature.size() && signature[at] != last) {
    const std::size_t length = first_type(signature.substr(at));
    if (length == 0) return 0;
    at += length;
  }
  return at < signature.size() ? at + 1 : 0;
}

bool append(sd_bus_message* message, std::string_view type, const BusValue& value);

bool append_each(sd_bus_message* message, std::string_view types, const BusList& values) {
  for (const BusValue& value : values) {
    const std::size_t length = first_type(types);
    if (length == 0 || !append(message, types.substr(0, length), value)) return false;
    types.remove_prefix(length);
  }
  return types.empty();
}

template <typename T>
bool append_number(sd_bus_message* message, char type, double value) {
  const T number = static_cast<T>(value);
  return sd_bus_message_append_basic(message, type, &number) >= 0;
}

bool append_basic(sd_bus_message* message, char type, const BusValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.content)) {
    return (type == 's' || type == 'o' || type == 'g') &&
           sd_bus_message_append_basic(message, type, text->c_str()) >= 0;
  }
  if (const auto* truth = std::get_if<bool>(&value.content)) {
    const int as_int = *truth ? 1 : 0;
    return type == 'b' && sd_bus_message_append_basic(message, type, &as_int) >= 0;
  }
  if (const auto* descriptor = std::get_if<BusDescriptor>(&value.content)) {
    const int number = descriptor->get();
    return type == 'h' && sd_bus_message_append_basic(message, type, &number) >= 0;
  }
  const auto* number = std::get_if<double>(&value.content);
  if (number == nullptr) return false;
  switch (type) {
    case 'y':
      return append_number<std::uint8_t>(message, type, *number);
    case 'n':
      return append_number<std::int16_t>(message, type, *number);
    case 'q':
      return append_number<std::uint16_t>(message, type, *number);
    case 'i':
      return append_number<std::int32_t>(message, type, *number);
    case 'u':
      return append_number<std::uint32_t>(message, type, *number);
    case 'x':
      return append_number<std::int64_t>(message, type, *number);
    case 't':
      return append_number<std::uint64_t>(message, type, *number);
    case 'd':
      return append_number<double>(message, type, *number);
    default:
      return false;
  }
}

bool append_dictionary(sd_bus_message* message, std::string_view entry, const BusValue& value) {
  const auto* entries = std::get_if<BusDictionary>(&value.content);
  if (entries == nullptr) return false;
  const std::string types(entry.substr(1, entry.size() - 2));
  for (const BusEntry& one : *entries) {
    if (sd_bus_message_open_container(message, SD_BUS_TYPE_DICT_ENTRY, types.c_str()) < 0 ||
        !append_each(message, types, {one.key, one.value}) ||
        sd_bus_message_close_container(message) < 0) {
      return false;
    }
  }
  return true;
}

bool append(sd_bus_message* message, std::string_view type, const BusValue& value) {
  switch (type.front()) {
    case 'a': {
      const std::string_view element = type.substr(1);
      if (sd_bus_message_open_container(message, SD_BUS_TYPE_ARRAY, std::string(element).c_str()) <
          0) {
        return false;
      }
      if (element.front() == '{') {
        if (!append_dictionary(message, element, value)) return false;
      } else {
        const auto* list = std::get_if<BusList>(&value.content);
        if (list == nullptr) return false;
        for (const BusValue& one : *list) {
          if (!append(message, element, one)) return false;
        }
      }
      return sd_bus_message_close_container(message) >= 0;
    }
    case '(': {
      const auto* list = std::get_if<BusList>(&value.content);
      const std::string types(type.substr(1, type.size() - 2));
      return list != nullptr &&
             sd_bus_message_open_container(message, SD_BUS_TYPE_STRUCT, types.c_str()) >= 0 &&
             append_each(message, types, *list) && sd_bus_message_close_container(message) >= 0;
    }
    case 'v': {
      const auto* variant = std::get_if<BusVariant>(&value.content);
      return variant != nullptr && first_type(variant->signature) == variant->signature.size() &&
             sd_bus_message_open_container(message, SD_BUS_TYPE_VARIANT,
                                           variant->signature.c_str()) >= 0 &&
             append(message, variant->signature, *variant->value) &&
             sd_bus_message_close_container(message) >= 0;
    }
    default:
      return append_basic(message, type.front(), value);
  }
}

template <typename T>
bool read_number(sd_bus_message* message, char type, BusValue& value) {
  T number{};
  if (sd_bus_message_read_basic(message, type, &number) < 0) return false;
  value.content = static_cast<double>(number);
  return true;
}

bool read_basic(sd_bus_message* message, char type, BusValue& value) {
  switch (type) {
    case 'b': {
      int truth = 0;
      if (sd_bus_message_read_basic(message, type, &truth) < 0) return false;
      value.content = truth != 0;
      return true;
    }
    case 'y':
      return read_number<std::uint8_t>(message, type, value);
    case 'n':
      return read_number<std::int16_t>(message, type, value);
    case 'q':
      return read_number<std::uint16_t>(message, type, value);
    case 'i':
      return read_number<std::int32_t>(message, type, value);
    case 'u':
      return read_number<std::uint32_t>(message, type, value);
    case 'x':
      return read_number<std::int64_t>(message, type, value);
    case 't':
      return read_number<std::uint64_t>(message, type, value);
    case 'd':
      return read_number<double>(message, type, value);
    case 'h': {
      int descriptor = -1;
      if (sd_bus_message_read_basic(message, type, &descriptor) < 0) return false;
      // The message keeps its own.
      value.content = BusDescriptor(fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
      return true;
    }
    default: {
      const char* text = nullptr;
      if (sd_bus_message_read_basic(message, type, static_cast<void*>(&text)) < 0) return false;
      value.content = std::string(text == nullptr ? "" : text);
      return true;
    }
  }
}

bool read_all(sd_bus_message* message, BusList& values);

bool read_dictionary(sd_bus_message* message, BusDictionary& entries) {
  for (;;) {
    char type = 0;
    const char* contents = nullptr;
    const int found = sd_bus_message_peek_type(message, &type, &contents);
    if (found <= 0) return found == 0;
    BusList pair;
    if (sd_bus_message_enter_container(message, type, contents) < 0 || !read_all(message, pair) ||
        pair.size() != 2 || sd_bus_message_exit_container(message) < 0) {
      return false;
    }
    entries.push_back({std::move(pair[0]), std::move(pair[1])});
  }
}

bool read_all(sd_bus_message* message, BusList& values) {
  for (;;) {
    char type = 0;
    const char* contents = nullptr;
    const int found = sd_bus_message_peek_type(message, &type, &contents);
    if (found <= 0) return found == 0;
    BusValue value;
    if (contents == nullptr) {
      if (!read_basic(message, type, value)) return false;
    } else {
      const std::string inside(contents);
      if (sd_bus_message_enter_container(message, type, inside.c_str()) < 0) return false;
      if (type == SD_BUS_TYPE_ARRAY && inside.front() == '{') {
        BusDictionary entries;
        if (!read_dictionary(message, entries)) return false;
        value.content = std::move(entries);
      } else {
        BusList list;
        if (!read_all(message, list)) return false;
        if (type == SD_BUS_TYPE_VARIANT) {
          if (list.size() != 1) return false;
          value.content = BusVariant{inside, std::make_shared<BusValue>(std::move(list.front()))};
        } else {
          value.content = std::move(list);
        }
      }
      if (sd_bus_message_exit_container(message) < 0) return false;
    }
    values.push_back(std::move(value));
  }
}

}  // namespace

Result<std::monostate> append_values(sd_bus_message* message, const std::string& signature,
                                     const BusList& values) {
  if (append_each(message, signature, values)) return std::monostate{};
  return Fault{"The values do not fit the signature \"" + signature + "\"."};
}

Result<BusList> read_values(sd_bus_message* message) {
  BusList values;
  if (read_all(message, values)) return values;
  return Fault{"A message of the session bus cannot be read."};
}

}  // namespace earthshine
