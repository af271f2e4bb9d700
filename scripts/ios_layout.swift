// Prints the layout of a picture's drawing and its chips as JSON. Compiled with the app's plain Swift.

import Foundation

@testable import App

/// The input.
struct Scene: Decodable {
    struct Found: Decodable {
        let classID: Int
        let score: Double
        let box: [Double]

        private enum CodingKeys: String, CodingKey {
            case classID = "class_id"
            case score, box
        }
    }

    /// Of the picture and of the view.
    let picture: [Double]
    let view: [Double]
    /// Whether the picture fills the view, and how much of its top and bottom is covered.
    let isFilling: Bool
    let top: Double
    let bottom: Double
    let names: [String]
    let found: [Found]
    /// The width of each letter.
    let letters: [String: Double]
    let lineHeight: Double
    let lineWidth: Double
}

@main
struct Layout {
    static func main() throws {
        let scene = try JSONDecoder().decode(
            Scene.self, from: Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1])))
        let size = CGSize(width: scene.picture[0], height: scene.picture[1])
        let boxes = scene.found.map { each in
            Box(
                classIndex: each.classID, className: scene.names[each.classID], score: each.score,
                frame: CGRect(
                    x: each.box[0], y: each.box[1], width: each.box[2] - each.box[0], height: each.box[3] - each.box[1]))
        }
        let result = VisionResult(size: size, times: StageTimes(letterbox: 0, model: 0, postprocess: 0), boxes: boxes)
        let mapping = PictureMapping(
            picture: size, view: CGSize(width: scene.view[0], height: scene.view[1]), aspect: scene.isFilling ? .fill : .fit,
            covered: Margins(top: scene.top, bottom: scene.bottom))
        let texts = LabelTexts { text in
            text.reduce(0) { $0 + (scene.letters[String($1)] ?? scene.lineHeight / 2) }
        }
        let style = LabelStyle(lineHeight: scene.lineHeight, margin: scene.lineWidth)
        let marks = Drawing(of: Model(classNames: scene.names), texts: texts, style: style).marks(for: result, in: mapping)
        let chips = ClassCount.all(of: boxes).map { chip in
            ["text": Summary.chip(chip), "color": numbers(ClassColor(classIndex: chip.classIndex))]
        }
        let told: [String: Any] = [
            "picture": numbers(mapping.frame), "marks": marks.map(describe), "chips": chips,
            "summary": Summary.text(result, isLive: false),
        ]
        FileHandle.standardOutput.write(try JSONSerialization.data(withJSONObject: told))
    }

    private static func describe(_ mark: Mark) -> [String: Any] {
        switch mark {
        case .outline(let rect, let color): ["outline": numbers(rect), "color": numbers(color)]
        case .label(let rect, let text, let color):
            ["label": numbers(rect), "text": text, "color": numbers(color), "letters": numbers(color.letters)]
        case .path: [:]  // trails
        }
    }

    private static func numbers(_ rect: CGRect) -> [Double] { [rect.minX, rect.minY, rect.maxX, rect.maxY] }
    private static func numbers(_ color: ClassColor) -> [Double] { [color.red, color.green, color.blue] }
}
