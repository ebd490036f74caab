using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Log;

namespace Pyrsia.Tests.Node;

/// <summary>The real gate, until a test has it refuse a verdict.</summary>
internal sealed class SwitchedGate(IProvenanceGate gate) : IProvenanceGate
{
    internal Dictionary<long, string> Refused { get; } = [];

    public string? Refusal(long verdictIndex) => Refused.GetValueOrDefault(verdictIndex) ?? gate.Refusal(verdictIndex);

    public string? Refusal(UnverifiedAnswer answer) => Refused.GetValueOrDefault(answer.Verdict) ?? gate.Refusal(answer);
}
