import SwiftUI

struct ControlPanel: View {
    let model: AppModel

    var body: some View {
        VStack(spacing: 12) {
            ConfidenceSlider(model: model)
            ButtonRow(model: model)
        }
        .padding()
        .frame(maxWidth: 400)
    }
}
