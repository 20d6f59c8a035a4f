#pragma once
// Files and folders in WRITERS__DATA_DIR. Each is opened without following a link: in a folder that
// other users may write to, a link with the name of one of our files would let them have any file
// of ours cut or overwritten. The data folder itself may be a link; what lies in it may not.
// Thread-safe (no state).

#include <filesystem>
#include <string>

namespace rs {

// open(2), with O_CLOEXEC and mode 0600 for a new file. Returns the descriptor, or -errno:
// -ELOOP for a symbolic link, -EMLINK for a file that is opened to be written and has another name
// (a hard link), -ENXIO for what is neither a file nor a folder: a FIFO would wait for its other
// end.
[[nodiscard]] int open_data_file(const std::filesystem::path& path, int flags);

// mkdir(2), mode 0700. 0, or -errno: -EEXIST when that folder is there, -ELOOP for a link and
// -ENOTDIR for a file of that name.
[[nodiscard]] int make_data_folder(const std::filesystem::path& path);

// The system's words for `error` (an errno, or a negative one), or ours for those of
// open_data_file().
[[nodiscard]] std::string reason_of(int error);

}  // namespace rs
