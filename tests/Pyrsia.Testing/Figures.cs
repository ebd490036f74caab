namespace Pyrsia.Testing;

/// <summary>What tests measure. The test command prints it before its last line; the runner shows the output of a test only when the test fails.</summary>
public static class Figures
{
    /// <summary>Names the directory where each test process writes a file of its own.</summary>
    private const string Variable = "PYRSIA_FIGURES";

    private static readonly Lock Gate = new();

    /// <summary>Notes one figure, a line with its unit.</summary>
    public static void Note(string line)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } directory) return;
        lock (Gate) File.AppendAllText(Path.Combine(directory, $"{Environment.ProcessId}.txt"), line + Environment.NewLine);
    }
}
