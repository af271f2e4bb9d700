import SwiftUI

/// Under the picture; beside it on a phone that lies, and then as narrow as its buttons in two rows.
struct ControlPanel: View {
    private static let most = 400.0
    private static let narrow = 240.0

    let model: AppModel
    let sharing: Sharing

    @Environment(\.verticalSizeClass) private var verticalSizeClass

    var body: some View {
        // With large letters it is higher than a phone that lies.
        ViewThatFits(in: .vertical) {
            panel
            ScrollView { panel }
        }
        // Fixed where it is narrow: a share of the width would be taken from the picture.
        .frame(width: isNarrow ? ControlPanel.narrow : nil)
        .frame(maxWidth: ControlPanel.most)
    }

    private var isNarrow: Bool { verticalSizeClass == .compact }

    private var panel: some View {
        VStack(spacing: 12) {
            ConfidenceSlider(model: model)
            ButtonRow(model: model, sharing: sharing, isNarrow: isNarrow)
        }
        .padding()
    }
}
