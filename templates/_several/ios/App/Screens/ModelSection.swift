import SwiftUI

/// Which of the app's models is shown.
struct ModelSection: View {
    let model: AppModel

    var body: some View {
        let state = model.state.models
        Section {
            Picker("model_choice", selection: choice) {
                ForEach(model.models, id: \.id) { Text(verbatim: OneLine.text($0.name)).tag($0.id) }
            }
            .disabled(state.opening != nil)
        } footer: {
            if let refusal = state.refusal {
                Text(verbatim: ModelWords.text(refusal))
            } else {
                Text("model_choice_hint")
            }
        }
    }

    private var choice: Binding<Model.ID> {
        Binding(
            get: { model.state.models.chosen.id },
            set: { id in
                guard let other = model.models.first(where: { $0.id == id }) else { return }
                Task { await model.use(other) }
            })
    }
}
