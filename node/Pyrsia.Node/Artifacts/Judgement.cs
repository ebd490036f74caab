namespace Pyrsia.Node.Artifacts;

/// <summary>Why something is served that would be refused by default; stands in the answer's header.</summary>
/// <param name="Word">What lets it be served: <c>warn</c> or <c>allow</c>.</param>
/// <param name="Reason">What it lacks.</param>
public sealed record PolicyNote(string Word, string Reason);

/// <summary>What a node's policy says of an artifact.</summary>
/// <param name="Refusal">Why it is not served; null when it is.</param>
/// <param name="Note">What is to be said beside it; null for nothing.</param>
public readonly record struct Judgement(string? Refusal, PolicyNote? Note = null)
{
    /// <summary>It is served like anything else.</summary>
    internal static Judgement Served => default;
}
