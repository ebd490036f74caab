namespace Pyrsia.Builds.Outputs;

/// <summary>Carries a refusal from where it is found to where it becomes an outcome.</summary>
internal sealed class OutputRefusedException(OutputRefusal reason, string? entry) : Exception($"{reason}: {entry}")
{
    internal OutputRefusal Reason { get; } = reason;

    internal string? Entry { get; } = entry;
}
