import SwiftUI

struct PhotoView: View {
    let photo: Photo
    let aspect: Aspect

    var body: some View {
        GeometryReader { geometry in
            // The overlay says what is seen.
            Image(decorative: photo.preview, scale: 1)
                .resizable()
                .aspectRatio(contentMode: aspect == .fit ? .fit : .fill)
                .frame(width: geometry.size.width, height: geometry.size.height)
                .clipped()
        }
    }
}
