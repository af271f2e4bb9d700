import SwiftUI

struct PhotoView: View {
    let photo: Photo
    let aspect: Aspect

    var body: some View {
        // Black hides the camera behind the photo.
        Color.black
            .overlay {
                // DetectionOverlay says what is seen.
                Image(decorative: photo.preview, scale: 1)
                    .resizable()
                    .aspectRatio(contentMode: aspect == .fit ? .fit : .fill)
            }
            .clipped()
    }
}
