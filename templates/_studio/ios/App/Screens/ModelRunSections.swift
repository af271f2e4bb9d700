import SwiftUI

/// On how many threads the model runs, and in which numbers.
struct ModelRunSections: View {
    let model: AppModel

    var body: some View {
        Section {
            Picker("threads", selection: threads) {
                ForEach(ThreadChoice.offered(cores: model.device.coreCount), id: \.self) { count in
                    name(of: count).tag(count)
                }
            }
            .disabled(model.modelState == .loading)
        } footer: {
            Text("threads_hint")
        }
        Section {
            Text(verbatim: String(format: String(localized: "verdict_precision"), model.live.precision))
        } footer: {
            Text(model.live.isWhole ? LocalizedStringKey("precision_int8") : LocalizedStringKey("precision_float"))
        }
    }

    private var threads: Binding<Int> {
        Binding(get: { model.threads }, set: { count in Task { await model.use(threads: count) } })
    }

    private func name(of count: Int) -> Text {
        count == ThreadChoice.automatic ? Text("threads_default") : Text(verbatim: String(count))
    }
}
