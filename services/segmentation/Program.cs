using EventSegmentation.Segmentation;

try
{
    await SegmentationHost.Build(args).RunAsync();
    return 0;
}
catch (InvalidOperationException exception) when (exception.Message.StartsWith(SegmentationOptions.Section, StringComparison.Ordinal))
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
