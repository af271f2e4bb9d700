import SwiftUI
import UIKit

struct PhotoView: View {
    let photo: any StillPicture
    let aspect: Aspect
    let zoom: PhotoZoom

    var body: some View {
        // Black hides the camera behind the photo.
        Color.black
            .overlay {
                Image(uiImage: image)
                    .resizable()
                    .aspectRatio(contentMode: aspect == .fit ? .fit : .fill)
                    .scaleEffect(zoom.scale)
                    .offset(x: zoom.offset.width, y: zoom.offset.height)
                    .accessibilityHidden(true)  // DetectionOverlay says what is seen
            }
            .clipped()
    }

    private var image: UIImage {
        UIImage(cgImage: photo.preview, scale: 1, orientation: UIImage.Orientation(photo.previewOrientation))
    }
}
