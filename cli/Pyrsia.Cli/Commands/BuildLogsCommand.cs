using System.CommandLine;
using Pyrsia.Cli.Builds;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia build logs</c>: what a build from source says, also while it runs.</summary>
internal static class BuildLogsCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static Command Create(CommandLine line)
    {
        var id = new Option<string>("--id") { HelpName = "ID", Description = "The build's id.", Required = true };
        var authority = new Option<string?>("--authority") { HelpName = "NAME", Description = "Whose log; any that has one unless given." };
        var follow = new Option<bool>("--follow") { Description = "Go on until the build has its verdict." };
        var command = new Command("logs", "Prints the log of a build from source, as one of the authorities keeps it.") { id, authority, follow };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var reading = new Reading(context, result.GetValue(id)!, result.GetValue(authority));
            if (result.GetValue(follow)) await reading.FollowAsync(cancellationToken);
            else if (!await reading.ReadOnAsync(cancellationToken)) throw NoLog(result.GetValue(id)!);
            return ExitCode.Done;
        });
        return command;
    }

    private static CliException NoLog(string id) => new(
        $"No authority that answers has a log of the build '{id}'.", "no-log", $"Only builds from source have logs, and authorities keep the newest ones: pyrsia build status --id {id}", ExitCode.NotFound);

    /// <summary>Reads one authority's log from where it was left.</summary>
    private sealed class Reading(CliContext context, string id, string? authority)
    {
        private readonly LogText _text = new();
        private long _offset;

        /// <summary>Prints what there is now.</summary>
        /// <returns>Whether there is a log.</returns>
        public async Task<bool> ReadOnAsync(CancellationToken cancellationToken)
        {
            while (await context.Node.BuildLogAsync(new BuildLogsRequest(id, authority, _offset), cancellationToken) is { } piece)
            {
                // A second pass begins its log anew.
                if (piece.Offset > _offset) throw new CliException("The node left out a part of the log.", "bad-answer", "Ask another node with --node URL.", ExitCode.Failed);
                (authority, _offset) = (piece.Authority, piece.Offset + piece.Bytes.Length);
                context.Environment.Out.Write(_text.Next(piece.Bytes));
                if (piece.IsEnded || piece.Bytes.Length == 0) return true;
            }
            return false;
        }

        /// <summary>Prints until the build has its verdict and nothing more comes.</summary>
        public async Task FollowAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                var standing = await context.Node.BuildStatusAsync(id, cancellationToken); // asked first: what was said before the verdict is read after it
                var found = await ReadOnAsync(cancellationToken);
                if (standing.Success is not null || standing.Failure is not null)
                {
                    if (!found && _offset == 0) throw NoLog(id);
                    return;
                }
                await Task.Delay(Interval, context.Time, cancellationToken);
            }
        }
    }
}
