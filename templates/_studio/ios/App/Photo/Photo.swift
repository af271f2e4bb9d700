import CoreGraphics
import Foundation
import SwiftUI
import UIKit

/// A photo, or a frozen frame.
protocol StillPicture: OpenedPhoto {
    var id: UUID { get }
    /// For the screen.
    var preview: CGImage { get }
    var previewOrientation: ExifOrientation { get }
    /// All pixels as they are stored.
    var image: CGImage? { get }
    var orientation: ExifOrientation { get }

    func detect(with detector: Detector) throws -> DetectionResult
}

extension Photo: StillPicture {
    var previewOrientation: ExifOrientation { .up }

    /// A sample picture.
    init(_ golden: GoldenPicture) throws {
        let rgb = [UInt8](golden.rgb)
        var rgbx = [UInt8](repeating: .max, count: golden.width * golden.height * Photo.bytesPerPixel)
        for number in 0..<golden.width * golden.height {
            for part in 0..<3 { rgbx[number * Photo.bytesPerPixel + part] = rgb[3 * number + part] }
        }
        let pixels = Data(rgbx)
        let space = CGColorSpaceCreateDeviceRGB()
        guard
            let image = Photo.image(of: pixels, width: golden.width, height: golden.height, space)
        else { throw DetectorError.invalidPicture("no image of \(golden.width) x \(golden.height) pixels can be made") }
        self.init(
            pixels: pixels, width: golden.width, height: golden.height, colorSpace: space, orientation: .up, preview: image)
    }
}

struct PhotoView: View {
    let photo: any StillPicture
    let aspect: Aspect
    let zoom: PhotoZoom

    var body: some View {
        let image = UIImage(cgImage: photo.preview, scale: 1, orientation: UIImage.Orientation(photo.previewOrientation))
        GeometryReader { area in
            let frame = PictureMapping(picture: image.size, view: area.size, aspect: aspect, zoom: zoom).frame
            Image(uiImage: image)
                .resizable()
                .frame(width: frame.width, height: frame.height)
                .position(CGPoint(x: frame.midX, y: frame.midY))
                .accessibilityHidden(true)  // the overlay describes the picture
        }
        .background(Color.black)  // hides the camera
        .clipped()
    }
}

extension UIImage.Orientation {
    init(_ orientation: ExifOrientation) {
        self =
            switch orientation {
            case .up: .up
            case .upMirrored: .upMirrored
            case .down: .down
            case .downMirrored: .downMirrored
            case .leftMirrored: .leftMirrored
            case .right: .right
            case .rightMirrored: .rightMirrored
            case .left: .left
            }
    }
}
