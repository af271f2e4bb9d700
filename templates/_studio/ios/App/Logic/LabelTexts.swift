import Foundation

/// "bowl 0.87", of a thing that is followed "#3 bowl 0.87" or, of shares, "bowl 87 %", cut where it would be wider than
/// there is room. Each is made and measured once.
final class LabelTexts {
    struct Label: Equatable {
        let text: String
        let width: Double
    }

    private struct Key: Hashable {
        let classIndex: Int
        let hundredths: Int
        let room: Double
        let id: Int?
    }

    private static let most = 2000
    private static let ellipsis = "…"

    private let names: [String]
    private let number: (Double) -> String
    private let measure: (String) -> Double
    private var made: [Key: Label] = [:]

    /// `number`: a score, or a share, in digits. `measure`: how wide a text is drawn.
    init(
        names: [String], number: @escaping (Double) -> String = NumberText.score, measure: @escaping (String) -> Double
    ) {
        self.names = names
        self.number = number
        self.measure = measure
    }

    func width(of text: String) -> Double {
        measure(text)
    }

    func label(classIndex: Int, score: Double, room: Double, id: Int? = nil) -> Label {
        if made.count >= LabelTexts.most { made.removeAll(keepingCapacity: true) }
        let key = Key(classIndex: classIndex, hundredths: Int((score * 100).rounded()), room: room, id: id)
        if let label = made[key] { return label }
        let text = text(of: key)
        let label = Label(text: text, width: measure(text))
        made[key] = label
        return label
    }

    /// The name is shortened, never the number or the score.
    private func text(of key: Key) -> String {
        let score = number(Double(key.hundredths) / 100)
        let name = OneLine.text(names[key.classIndex])
        func text(_ name: String) -> String {
            [key.id.map { "#\($0)" } ?? "", name, score].filter { !$0.isEmpty }.joined(separator: " ")
        }
        func fits(_ name: String) -> Bool { measure(text(name)) <= key.room }
        if name.isEmpty || fits(name) { return text(name) }
        let letters = Array(name)
        var (fitting, tooMany) = (0, letters.count)
        while tooMany - fitting > 1 {
            let middle = (fitting + tooMany) / 2
            if fits(String(letters[..<middle]) + LabelTexts.ellipsis) { fitting = middle } else { tooMany = middle }
        }
        return text(fitting == 0 ? "" : String(letters[..<fitting]) + LabelTexts.ellipsis)
    }
}
