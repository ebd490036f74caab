using System.Diagnostics;
using Pyrsia.Testing;

namespace Pyrsia.Fuzz;

/// <summary>Runs this program once more from a copy of which the assemblies count the branches that are taken.</summary>
internal static class Instrumentation
{
    /// <summary>Tells the copy what it is.</summary>
    public const string Argument = "--instrumented";

    /// <summary>Runs it with the same arguments, and what it says is said here.</summary>
    /// <returns>Its exit code.</returns>
    public static int Run(string[] args)
    {
        var copy = Directory.CreateTempSubdirectory("pyrsia-fuzz-");
        try
        {
            Copy(AppContext.BaseDirectory, copy.FullName);
            // Programs are named in lower case. This one, which counts, is not counted, nor are the doubles: what they do is not in question.
            foreach (var assembly in copy.EnumerateFiles("*.dll").Where(f => f.Name.StartsWith("pyrsia", StringComparison.OrdinalIgnoreCase) && f.Name is not "Pyrsia.Fuzz.dll" and not "Pyrsia.Tests.dll"))
                _ = SharpFuzz.Fuzzer.Instrument(assembly.FullName, type => !type.StartsWith("Pyrsia.Testing.", StringComparison.Ordinal) || type == typeof(Maze).FullName, SharpFuzz.Options.Value).Count();
            using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(copy.FullName, "Pyrsia.Fuzz.dll"), .. args, Argument]))!;
            process.WaitForExit();
            return process.ExitCode;
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from, "runtimes"))
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(to, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
    }
}
