// A library that loads and has none of TensorRT's entry points.
extern "C" __attribute__((visibility("default"))) int standin_empty_library() {
  return 0;
}
