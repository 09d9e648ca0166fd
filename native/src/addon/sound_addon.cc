#include "addon/registration.h"

namespace earthshine::addon {

void register_sound(Napi::Env, Napi::Object) {}

}  // namespace earthshine::addon
