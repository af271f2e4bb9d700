import SwiftUI
import UIKit

struct PhotoView: View {
    let photo: any StillPicture
    let aspect: Aspect

    var body: some View {
        // Black hides the camera behind the photo.
        Color.black
            .overlay {
                Image(uiImage: image)
                    .resizable()
                    .aspectRatio(contentMode: aspect == .fit ? .fit : .fill)
                    .accessibilityHidden(true)  // DetectionOverlay says what is seen
            }
            .clipped()
    }

    private var image: UIImage {
        UIImage(cgImage: photo.preview, scale: 1, orientation: UIImage.Orientation(photo.previewOrientation))
    }
}
