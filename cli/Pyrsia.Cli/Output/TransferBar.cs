using Spectre.Console;

namespace Pyrsia.Cli.Output;

/// <summary>A bar that grows with the bytes of a transfer, on the error stream, while a person watches; gone when the transfer ends.</summary>
internal static class TransferBar
{
    /// <summary>Runs a transfer.</summary>
    /// <param name="context">Where it is drawn; nowhere when nobody watches.</param>
    /// <param name="what">What is transferred.</param>
    /// <param name="run">The transfer; it tells the bytes that have come and those that are known to be there in all.</param>
    public static Task<T> RunAsync<T>(CliContext context, string what, Func<Action<long, long>, Task<T>> run)
    {
        if (!context.ShowsProgress) return run((_, _) => { });
        return context.Environment.ProgressConsole(!context.NoColor).Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn())
            .StartAsync(bar =>
            {
                var task = bar.AddTask(Markup.Escape(what));
                return run((arrived, known) =>
                {
                    task.MaxValue = Math.Max(known, 1);
                    task.Value = arrived;
                });
            });
    }
}
