# Downloads the headers of the newest TensorRT 10 and 11 for a release build: they are Apache-licensed in
# github.com/NVIDIA/TensorRT (those of 8 are not: that backend is compiled on the device). A tag can be moved and a
# download can be tampered with, so each file's SHA-256 is pinned beside its name.
set(JETSON_VLA_TENSORRT_HEADERS_URL "https://raw.githubusercontent.com/NVIDIA/TensorRT" CACHE STRING
    "Where <tag>/include/NvInfer.h and the others are; a mirror for builds without internet")

set(JETSON_VLA_HEADERS_v10.16
  NvInfer.h eb1403af5c331ed0df8da8efc1908d36e440479a41631dd89ca7de69ee5c70c0
  NvInferImpl.h 6990df744da602c1e2ed19e9015c6ce9fc85190eeaf67040a3e53ae3fdc743bd
  NvInferLegacyDims.h 3e10fe5b85545f2e956e6935271badf0b1c72553b698000a61d46d69c5d53030
  NvInferPluginBase.h 774e457b2e80f27502ea1aed8132949f6e0788251b5374948e1bfdc9de9fb0ee
  NvInferRuntime.h fc21f284d8c7b6a092f221048483e9362375cda2a7f8e31577318290c1637f76
  NvInferRuntimeBase.h 0cfa22bcffd500e63effc1fe013307440b84694587916e9ea69cdbb13a8d1cd6
  NvInferRuntimeCommon.h 9461c9d07403c5dd1f8a6dea17fa5c3fe5cef7c4290c6768370a1d8139d4ac5d
  NvInferRuntimePlugin.h cee843344163279c6abaa4c4cb83a518e6da5af7d4e2f571861e1a36c6899fba
  NvInferVersion.h da560c83ecc443b6e195959c2048ce6ba26e85b0347f5f905a63608635f7314e
  NvOnnxParser.h bde5fea708354ad22dd14d722561d99132fa7016871366dd222275491d2c8bc4)
set(JETSON_VLA_HEADERS_v11.1
  NvInfer.h b857831d9c79e9b04e83b65d58a512533ee363f91dbcaec77cba9c7746e8e8b3
  NvInferImpl.h c6acddec7e286c18e9cd08511553c2015f99c487ca25717790e54e30c18ade79
  NvInferLegacyDims.h 3e10fe5b85545f2e956e6935271badf0b1c72553b698000a61d46d69c5d53030
  NvInferPluginBase.h 759f354754e64bf4d1e68d7df796c155c46f8a27541bf1912ba13e79a5a26fc2
  NvInferRuntime.h e78c2d49516a66f726864904386534f63eacf0ad75a6dfdde7dfa70adf39f797
  NvInferRuntimeBase.h ec38759dbf8a5538c4cd30890f1764658bc2dcec87e95ac18148e476cbe1671b
  NvInferRuntimeCommon.h eff4c0251cb4813bbc7fe34c6b28fdb6c08734c27ae53b07974d2557bf1431be
  NvInferRuntimePlugin.h d4db4236da9c03e543949247a75478b5ce68fc84eb30cd15b35081b94c8d8391
  NvInferVersion.h 8648df4851fb2df1a15d7dfdae6454428c4b119055f65f6a98de8ff806977b2e
  NvOnnxParser.h 3c3766d0d9ee5c43887f404513243c376cdb9bf97bde29920a01e71e7e19239f)

function(jetson_vla_fetch_tensorrt_headers output)
  set(directories "")
  foreach(tag v10.16 v11.1)
    set(directory "${CMAKE_CURRENT_BINARY_DIR}/tensorrt-headers/${tag}")
    set(pairs ${JETSON_VLA_HEADERS_${tag}})
    while(pairs)
      list(GET pairs 0 name)
      list(GET pairs 1 sha256)
      list(REMOVE_AT pairs 0 1)
      set(url "${JETSON_VLA_TENSORRT_HEADERS_URL}/${tag}/include/${name}")
      # Nothing is downloaded again when the file is there with the right hash.
      file(DOWNLOAD "${url}" "${directory}/${name}" EXPECTED_HASH SHA256=${sha256} TLS_VERIFY ON STATUS status)
      list(GET status 0 code)
      if(NOT code EQUAL 0)
        message(FATAL_ERROR "Cannot download ${url}: ${status}")
      endif()
    endwhile()
    list(APPEND directories "${directory}")
  endforeach()
  set(${output} "${directories}" PARENT_SCOPE)
endfunction()
