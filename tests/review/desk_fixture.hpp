#pragma once

// A store with hits as a crawl would leave them, plus one post that attacks its reader.

#include "demo/photos.hpp"
#include "storage/store.hpp"

#include <string>
#include <vector>

namespace chiptrail::tests {

struct DeskPhoto {
    demo::PhotoTruth truth;  ///< becomes the findings
    std::string bytes;
};

/// The demo's own photos: to be looked at. Takes seconds to draw.
[[nodiscard]] std::vector<DeskPhoto> demo_photos();

/// Three small photos of one mark each, "cisco", "hpe" and "lenovo", and one without: fast.
[[nodiscard]] std::vector<DeskPhoto> small_photos();

/// A post for each photo. The one that shows an HPE machine is hostile in every field.
void fill_desk(storage::Store& store, const std::vector<DeskPhoto>& photos);

/// The title of the hostile post as stored.
extern const char* const kHostileTitle;

}  // namespace chiptrail::tests
