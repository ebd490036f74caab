using Spectre.Console;

namespace Pyrsia.Cli.Commands;

/// <summary>Asks again and again where a build stands until it has ended.</summary>
internal sealed class BuildWait(CliContext context, NodeClient node)
{
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Each interval is longer than the last by this part of it.</summary>
    private const double BackOff = 1.2;

    /// <summary>Waits for the end.</summary>
    /// <exception cref="CliException">The time is over.</exception>
    public Task<BuildStanding> ForAsync(string id, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!context.ShowsProgress) return PollAsync(id, timeout, null, cancellationToken);
        return context.Environment.ProgressConsole(!context.NoColor).Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn()).StartAsync(bar =>
        {
            var task = bar.AddTask("Waiting for the authorities", maxValue: 1);
            return PollAsync(id, timeout, standing => (task.Description, task.Value) = (Markup.Escape(Describe(standing)), Share(standing)), cancellationToken);
        });
    }

    private async Task<BuildStanding> PollAsync(string id, TimeSpan timeout, Action<BuildStanding>? progress, CancellationToken cancellationToken)
    {
        var start = context.Time.GetTimestamp();
        var interval = FirstInterval;
        while (true)
        {
            var standing = await node.BuildStatusAsync(id, cancellationToken);
            if (standing.Success is not null || standing.Failure is not null) return standing;
            var elapsed = context.Time.GetElapsedTime(start);
            progress?.Invoke(standing);
            var left = timeout - elapsed;
            if (left <= TimeSpan.Zero) throw TimedOut(id, timeout, standing.Quorum);
            await Task.Delay(left < interval ? left : interval, context.Time, cancellationToken);
            interval = interval * BackOff < LongestInterval ? interval * BackOff : LongestInterval;
        }
    }

    /// <summary>How far a build is, 0 to 1: finding out what it is made with, obtaining it, comparing what was got, with what builders have done in each.</summary>
    private static double Share(BuildStanding standing)
    {
        const double planned = 0.4, obtained = 0.9;
        var share = standing.Share ?? 0;
        return standing.Phase switch
        {
            "planning" => planned * share,
            "committing" => planned + ((obtained - planned) * share),
            "revealing" => obtained + ((1 - obtained) * share),
            _ => 0,
        };
    }

    private static string Describe(BuildStanding standing) => standing.Quorum == false ? "Waiting for a quorum of authorities" : standing.Phase switch
    {
        "planning" => "The authorities find out what it is built with",
        "committing" => "The authorities obtain it, each by itself",
        "revealing" => "The authorities reveal what they got",
        _ => "The authorities take it up",
    };

    private static CliException TimedOut(string id, TimeSpan timeout, bool? quorum) => quorum == false
        ? new CliException($"There was no quorum of authorities within {timeout.TotalSeconds:0} seconds.", "no-quorum", $"The request is kept and goes on when there is one; ask with: pyrsia build status --id {id}", ExitCode.TimedOut)
        : new CliException($"There was no verdict within {timeout.TotalSeconds:0} seconds.", "timed-out", $"The build goes on; ask with: pyrsia build status --id {id}", ExitCode.TimedOut);
}
