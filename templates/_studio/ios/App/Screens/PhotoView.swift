import SwiftUI
import UIKit

struct PhotoView: View {
    let photo: any StillPicture
    let aspect: Aspect
    let zoom: PhotoZoom

    var body: some View {
        let image = image
        GeometryReader { area in
            let frame = PictureMapping(picture: image.size, view: area.size, aspect: aspect, zoom: zoom).frame
            Image(uiImage: image)
                .resizable()
                .frame(width: frame.width, height: frame.height)
                .position(CGPoint(x: frame.midX, y: frame.midY))
                .accessibilityHidden(true)  // DetectionOverlay says what is seen
        }
        .background(Color.black)  // it hides the camera behind the photo
        .clipped()
    }

    private var image: UIImage {
        UIImage(cgImage: photo.preview, scale: 1, orientation: UIImage.Orientation(photo.previewOrientation))
    }
}
