# joined_folders(TARGET): the files of a folder are compiled as one, which takes a third of the time. So names of a
# folder's files must differ even where they are local to a file; what is local to two of them under one name is one
# thing that belongs in one place, or two things. For the sanitized build, which nobody works with file by file.
#
# Twins that say the same of two codecs or instruction sets stand alone.
function(joined_folders target)
  get_target_property(sources ${target} SOURCES)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(source ${sources})
    if(source MATCHES "\\.cc$")
      if(source MATCHES "/(parity|row_kernels)_[a-z0-9_]+\\.cc$|/(va_)?h(264|evc)[a-z_]*\\.cc$")
        set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      else()
        get_filename_component(folder ${source} DIRECTORY)
        file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${folder})
        string(REPLACE "/" "_" folder ${folder})
        set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder})
      endif()
    endif()
  endforeach()
endfunction()
