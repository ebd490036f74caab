using System.CommandLine;
using System.Globalization;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Workers;

/// <summary>The options of a build worker, as a command line, the environment or the configuration file gives them.</summary>
internal sealed class WorkerCommandLine(OptionSource source)
{
    private const int MaxJobs = 64;
    private const int DefaultLeaseSeconds = 30;
    private const int MinLeaseSeconds = 2;
    private const int MaxLeaseSeconds = 3600;

    private readonly Option<bool> _only = new("--worker-only")
    {
        Description = "Be a build worker: take jobs from the authority's queue in PostgreSQL, with no key of it and no vote.",
        DefaultValueFactory = _ => source.Value("worker-only") is "true" or "1",
    };

    private readonly Option<int> _jobs = new("--worker-jobs")
    {
        HelpName = "N",
        Description = "Builds that a worker does at once.",
        DefaultValueFactory = _ => Number(source.Value("worker-jobs"), "worker-jobs", 1),
    };

    private readonly Option<int> _lease = new("--worker-lease")
    {
        HelpName = "SECONDS",
        Description = "Silence of a worker after which its jobs go to others.",
        DefaultValueFactory = _ => Number(source.Value("worker-lease"), "worker-lease", DefaultLeaseSeconds),
    };

    /// <summary>Adds the options to a command.</summary>
    internal void AddTo(Command command)
    {
        foreach (var option in new Option[] { _only, _jobs, _lease }) command.Options.Add(option);
    }

    /// <summary>Takes the values of a parsed command line; null for a whole authority.</summary>
    /// <exception cref="StartupException">A value is out of its range.</exception>
    internal WorkerOptions? Read(ParseResult result)
    {
        if (!result.GetValue(_only)) return null;
        var (jobs, lease) = (result.GetValue(_jobs), result.GetValue(_lease));
        if (jobs is < 1 or > MaxJobs) throw new StartupException($"--worker-jobs {jobs} is out of range.", $"Give a number from 1 to {MaxJobs}.", isUsage: true);
        if (lease is < MinLeaseSeconds or > MaxLeaseSeconds) throw new StartupException($"--worker-lease {lease} is out of range.", $"Give {MinLeaseSeconds} to {MaxLeaseSeconds} seconds.", isUsage: true);
        return new WorkerOptions(jobs, TimeSpan.FromSeconds(lease));
    }

    private static int Number(string? text, string option, int fallback) => text is null ? fallback
        : int.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : throw new StartupException($"'{text}' is no value for {option}.", "Write a number.", isUsage: true);
}
