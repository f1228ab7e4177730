#include "js_error.h"

#include <new>

namespace jetson_vla::binding {

Napi::Error to_js_error(Napi::Env env, const Error& error) {
  Napi::Error js = Napi::Error::New(env, error.what());
  js.Set("code", Napi::String::New(env, code_name(error.code())));
  if (!error.hint().empty()) js.Set("hint", Napi::String::New(env, error.hint()));
  return js;
}

Napi::Error to_js_error(Napi::Env env, std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const Error& error) {
    return to_js_error(env, error);
  } catch (const std::bad_alloc&) {
    return to_js_error(env, Error(ErrorCode::kInferenceFailed, "the process is out of memory"));
  } catch (const std::exception& error) {
    return to_js_error(env, Error(ErrorCode::kInferenceFailed, error.what()));
  } catch (...) {
    return to_js_error(env, Error(ErrorCode::kInferenceFailed, "an unknown C++ exception"));
  }
}

}  // namespace jetson_vla::binding
