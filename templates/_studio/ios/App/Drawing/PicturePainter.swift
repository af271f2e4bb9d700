import SwiftUI
import UIKit

/// Draws on a picture that is shared, in its own pixels. Not for two threads at a time.
struct PicturePainter {
    // A picture of this size has lines so wide and letters so high, in pixels
    private static let referenceSide = 640.0
    private static let usualLineWidth = 2.0
    private static let usualTextSize = 16.0

    private let size: CGSize
    private let font: UIFont
    private let textSize: Double
    private let lineWidth: Double
    private let drawing: Drawing

    /// `size`: of what it draws on.
    init(model: Model, size: CGSize) {
        let scale = (size.width * size.height).squareRoot() / PicturePainter.referenceSide
        textSize = PicturePainter.usualTextSize * scale
        lineWidth = PicturePainter.usualLineWidth * scale
        self.size = size
        let letters = LabelFont(size: textSize)
        font = letters.font
        drawing = letters.drawing(of: model, lineWidth: lineWidth)
    }

    /// Draws into the current graphics context of UIKit, whose first row is the uppermost: the picture upright, and as the
    /// camera saw it, not mirrored, with what was found in it.
    func draw(_ snapshot: Snapshot, in context: CGContext) {
        UIImage(cgImage: snapshot.image, scale: 1, orientation: .init(snapshot.orientation))
            .draw(in: mapping(of: snapshot.result).frame)
        draw(snapshot.result, in: context)
    }

    /// The same over a picture that is there already, in the middle and whole.
    func draw(_ result: PictureResult, in context: CGContext) {
        for mark in drawing.marks(for: result, in: mapping(of: result)) {
            switch mark {
            case .outline(let rect, let color):
                stroke(Path(roundedRect: rect, cornerRadius: 0), color, in: context)
            case .path(let points, let isClosed, let color):
                stroke(Path(through: points, isClosed: isClosed), color, in: context)
            case .dot(let point, let color):
                fill(Path(dot: point, radius: lineWidth * Dot.rim).cgPath, Rim.color, in: context)
                fill(Path(dot: point, radius: lineWidth * Dot.radius).cgPath, UIColor(color), in: context)
            case .painting(let painting, let placement):
                draw(painting, placement, in: context)
            case .label(let rect, let text, let color):
                UIColor(color).setFill()
                UIBezierPath(roundedRect: rect, cornerRadius: lineWidth).fill()
                NSString(string: text).draw(
                    at: CGPoint(x: rect.minX + lineWidth, y: rect.minY + lineWidth),
                    withAttributes: [.font: font, .foregroundColor: UIColor(color.letters)])
            case .plate(let rect, let color, let opacity):
                fill(Path(roundedRect: rect, cornerRadius: 0).cgPath, UIColor(color, opacity: opacity), in: context)
            case .text(let text, let point, let color, let scale):
                let font = LabelFont(size: textSize * scale).font
                NSString(string: text).draw(at: point, withAttributes: [.font: font, .foregroundColor: UIColor(color)])
            }
        }
    }

    /// Where the picture of this result lies.
    func mapping(of result: PictureResult) -> PictureMapping {
        PictureMapping(picture: result.size, view: size, aspect: .fit)
    }

    private func stroke(_ path: Path, _ color: ClassColor, in context: CGContext) {
        for (color, width) in [(Rim.color, lineWidth * Rim.width), (UIColor(color), lineWidth)] {
            context.addPath(path.cgPath)
            context.setStrokeColor(color.cgColor)
            context.setLineWidth(width)
            context.strokePath()
        }
    }

    private func fill(_ path: CGPath, _ color: UIColor, in context: CGContext) {
        context.addPath(path)
        context.setFillColor(color.cgColor)
        context.fillPath()
    }

    private func draw(_ painting: Painting, _ placement: Placement, in context: CGContext) {
        guard let image = painting.image else { return }
        context.saveGState()
        defer { context.restoreGState() }
        context.clip(to: placement.visible)
        context.concatenate(placement.transform(width: image.width, height: image.height))
        let place = CGRect(x: 0, y: 0, width: image.width, height: image.height)
        // Not by the context: its first row would be the lowest.
        UIImage(cgImage: image, scale: 1, orientation: .up).draw(in: place)
    }
}

extension Rim {
    fileprivate static let color = UIColor(white: 0, alpha: darkness)
}

extension UIColor {
    fileprivate convenience init(_ color: ClassColor, opacity: Double = 1) {
        self.init(red: color.red, green: color.green, blue: color.blue, alpha: opacity)
    }
}
