namespace Pyrsia.Node.Hosting;

/// <summary>A part of a program that says on <c>/readyz</c> what keeps it from its duty.</summary>
public interface IReadiness
{
    /// <summary>What is missing, for a person; null when nothing is.</summary>
    string? Trouble { get; }
}
